package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"

	"github.com/dogwatch/dogwatch/mcp"
	"github.com/dogwatch/dogwatch/setup"
)

// leastToken is how long a token of a file must be, so that it cannot be guessed; mostToken bounds what is read.
const (
	leastToken = 16
	mostToken  = 4096
)

// serveMCP answers over HTTP until ctx ends.
func serveMCP(ctx context.Context, o *mcpOptions, server *mcp.Server, stderr io.Writer) error {
	token, err := o.token(stderr)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", setup.LoopbackUnlessTold(o.http))
	if err != nil {
		return fmt.Errorf("--http %s: %w", o.http, err)
	}
	if addr, ok := listener.Addr().(*net.TCPAddr); ok && !addr.IP.IsLoopback() {
		fmt.Fprintln(stderr, "warning: other machines can connect, and read what is watched with the token; what is said is not encrypted. --http with a port alone keeps to this one")
	}
	fmt.Fprintf(stderr, "answering at http://%s%s; ctrl-c ends it\n", listener.Addr(), mcp.Path)
	return server.Serve(ctx, listener, token)
}

// token is what clients have to know: what is in the file, which is made where there is none; without a file a new one is said.
func (o *mcpOptions) token(stderr io.Writer) (string, error) {
	if o.tokenFile == "" {
		token := rand.Text()
		fmt.Fprintf(stderr, "token: %s\n", token)
		return token, nil
	}
	token, err := readToken(o.tokenFile)
	if errors.Is(err, os.ErrNotExist) {
		token = rand.Text()
		if err = writeToken(o.tokenFile, token); err == nil {
			fmt.Fprintf(stderr, "a new token is in %s\n", o.tokenFile)
		}
	}
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	return token, nil
}

func writeToken(path, token string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(token + "\n")
	return errors.Join(err, file.Close())
}

// readToken reads a file that its owner alone may read.
func readToken(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is not a regular file", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return "", fmt.Errorf("others may read %s: chmod 600 it", path)
	case info.Size() > mostToken:
		return "", fmt.Errorf("%s is too long for a token", path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(content))
	if len(token) < leastToken || strings.ContainsAny(token, " \t\r\n") {
		return "", fmt.Errorf("%s: a token is one word of at least %d characters", path, leastToken)
	}
	return token, nil
}
