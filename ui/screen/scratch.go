package screen

import "bytes"

// scratch is a buffer that keeps nothing of what was drawn: the View may have shown a Secret's value, which is to be gone with it.
type scratch struct{ bytes.Buffer }

// Write takes b and wipes it, which an io.Writer should not do: b is the renderer's own buffer, which it only empties.
func (s *scratch) Write(b []byte) (int, error) {
	defer clear(b)
	return s.Buffer.Write(b)
}

// wipe empties the buffer and overwrites what was in it.
func (s *scratch) wipe() {
	clear(s.Bytes())
	s.Reset()
}
