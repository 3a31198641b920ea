package cluster

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
)

func pack(t testing.TB, text []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func unpack(u *unpackers, packed io.Reader) *unpacked {
	return &unpacked{packed: io.NopCloser(packed), unpackers: u}
}

// A watch that says nothing must not hold what it is unpacked with.
func TestNothingIsHeldBetweenPartsOfAStream(t *testing.T) {
	r, w := io.Pipe()
	body := unpack(&unpackers{}, r)
	for _, text := range []string{"one", "two", ""} {
		wrote := make(chan struct{})
		go func() {
			defer close(wrote)
			_, _ = w.Write(pack(t, []byte(text)))
			if text == "" {
				_ = w.Close()
			}
		}()
		got := make([]byte, 100)
		n, err := body.Read(got)
		if text == "" {
			if n != 0 || !errors.Is(err, io.EOF) {
				t.Errorf("at the end: %d, %v", n, err)
			}
		} else if string(got[:n]) != text || err != nil {
			t.Errorf("read %q, %v", got[:n], err)
		}
		<-wrote
		if body.by != nil {
			t.Errorf("behind %q an unpacker is held", text)
		}
	}
}

// However a text is cut into parts and comes in, it is read as the library reads all of it.
func TestPartsAreReadAsTheLibraryReadsThem(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	u := &unpackers{}
	for range 60 {
		var packed []byte
		for range random.IntN(8) {
			text := bytes.Repeat([]byte{byte('a' + random.IntN(26)), byte(random.Uint32())}, random.IntN(3000))
			packed = append(packed, pack(t, text)...)
		}
		if random.IntN(3) == 0 && len(packed) > 0 {
			packed = packed[:random.IntN(len(packed))]
		}
		var in io.Reader = bytes.NewReader(packed)
		switch random.IntN(3) {
		case 0:
			in = iotest.OneByteReader(in)
		case 1:
			in = iotest.DataErrReader(in)
		}
		got, err := io.ReadAll(unpack(u, in))
		var want []byte
		plain, wantErr := gzip.NewReader(bytes.NewReader(packed))
		if wantErr == nil {
			want, wantErr = io.ReadAll(plain)
		} else if len(packed) == 0 {
			wantErr = nil
		}
		if !bytes.Equal(got, want) || (err == nil) != (wantErr == nil) {
			t.Fatalf("read %d bytes, %v; the library %d, %v", len(got), err, len(want), wantErr)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(pack(f, []byte("text")))
	f.Add(append(pack(f, []byte("text")), pack(f, nil)...))
	f.Add([]byte{0x1f, 0x8b})
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, packed []byte) {
		got, err := io.ReadAll(io.LimitReader(unpack(&unpackers{}, bytes.NewReader(packed)), 1<<20))
		var want []byte
		plain, wantErr := gzip.NewReader(bytes.NewReader(packed))
		if wantErr == nil {
			want, wantErr = io.ReadAll(io.LimitReader(plain, 1<<20))
		} else if len(packed) == 0 {
			wantErr = nil
		}
		if !bytes.Equal(got, want) || (err == nil) != (wantErr == nil) {
			t.Errorf("read %q, %v; the library %q, %v", got, err, want, wantErr)
		}
	})
}

func TestAnswersComeCompressedUnlessTheUserWantsNone(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") == "" {
			_, _ = io.WriteString(w, "plain")
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(pack(t, []byte("packed")))
	}))
	defer server.Close()
	for want, setting := range map[string]string{"packed": "", "plain": "disable-compression: true, "} {
		config := strings.Replace(kubeconfigFor(server.URL), "cluster: {", "cluster: {"+setting, 1)
		c, err := Open(writeKubeconfig(t, config), "", Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.http.CloseIdleConnections()
		resp, err := c.Get(t.Context(), "/api/v1/pods", nil, acceptJSON)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil || string(body) != want || resp.Header.Get("Content-Encoding") != "" {
			t.Errorf("with %q: read %q, %v, header %v", setting, body, err, resp.Header)
		}
	}
}
