package apiserver

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// continueToken says where a list goes on: in the state at a resource version, from a key. It has the API server's own
// layout. A negative version stands for the newest state.
type continueToken struct {
	Version         string `json:"v"`
	ResourceVersion int64  `json:"rv"`
	Start           string `json:"start"`
}

const (
	continueVersion = "meta.k8s.io/v1"
	newestState     = -1
)

func (t continueToken) encode() string {
	t.Version = continueVersion
	packed, _ := json.Marshal(t) // strings and a number always encode
	return base64.RawURLEncoding.EncodeToString(packed)
}

func decodeContinue(s string) (continueToken, error) {
	var t continueToken
	packed, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(packed, &t)
	}
	switch {
	case err != nil:
		err = fmt.Errorf("continue key is not valid: %w", err)
	case t.Version != continueVersion:
		err = fmt.Errorf("continue key is not valid: server does not recognize this encoded version %s", t.Version)
	case t.ResourceVersion == 0 || t.ResourceVersion < newestState:
		err = fmt.Errorf("continue key is not valid: incorrect encoded start resourceVersion (version %s)", continueVersion)
	case strings.Trim(t.Start, "/\x00") == "":
		err = fmt.Errorf("continue key is not valid: encoded start key empty (version %s)", continueVersion)
	}
	return t, err
}

// expiredContinue is the answer to a token whose state is forgotten. The token in it goes on in the newest state.
func expiredContinue(old continueToken) error {
	err := apierrors.NewResourceExpired("The provided continue parameter is too old to display a consistent list result. " +
		"You can start a new list without the continue parameter, or use the continue token in this response to retrieve the " +
		"remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were " +
		"created, modified, or deleted between the time the first chunk was returned and now may show up in the list.")
	err.ErrStatus.Continue = continueToken{ResourceVersion: newestState, Start: old.Start}.encode()
	return err
}
