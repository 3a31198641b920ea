package excerpt

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// identify reads namespace and name of an object, and looks no further. It is false for what no server serves.
func identify(object []byte) (key string, ok bool) {
	in := jsontext.NewDecoder(bytes.NewBuffer(object), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if token, err := in.ReadToken(); err != nil || token.Kind() != '{' {
		return "", false
	}
	for in.PeekKind() == '"' {
		name, err := in.ReadToken()
		if err != nil {
			return "", false
		}
		if name.String() == "metadata" {
			return readMetadata(in)
		}
		if err := in.SkipValue(); err != nil {
			return "", false
		}
	}
	return "", false
}

func readMetadata(in *jsontext.Decoder) (key string, ok bool) {
	var metadata struct {
		Namespace       string `json:"namespace"`
		Name            string `json:"name"`
		ResourceVersion string `json:"resourceVersion"`
	}
	if err := json.UnmarshalDecode(in, &metadata); err != nil {
		return "", false
	}
	_, err := strconv.ParseUint(metadata.ResourceVersion, 10, 64)
	return metadata.Namespace + "/" + metadata.Name, err == nil && metadata.Name != ""
}
