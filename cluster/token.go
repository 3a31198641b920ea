package cluster

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// tokenFile is a file with a token in it, which whoever renews it may replace. It is read once a minute, as client-go does.
type tokenFile string

// Token reads the file, unless that is a pipe or a device by now: all requests would wait for its end.
func (f tokenFile) Token() (*oauth2.Token, error) {
	path := string(f)
	if err := refuseFile("token file", path, "tokenFile"); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the token: %w", err)
	}
	token := strings.TrimSpace(string(content))
	if token == "" {
		return nil, fmt.Errorf("the token file %s is empty", path)
	}
	return &oauth2.Token{AccessToken: token, Expiry: time.Now().Add(time.Minute)}, nil
}
