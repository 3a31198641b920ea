package canary

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// InFiles finds the canary in all files below a folder, in their names, and in what is packed in them, as recordings are.
func (c Canary) InFiles(dir string) ([]Find, error) {
	var found []Find
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		found = append(found, c.In("the name of "+path, []byte(entry.Name()))...)
		if !entry.Type().IsRegular() {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found = append(found, c.In(path, content)...)
		unpacked, err := unpack(content)
		if err != nil {
			return fmt.Errorf("unpacking %s: %w", path, err)
		}
		found = append(found, c.In(path+", unpacked", unpacked)...)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking through the files of %s: %w", dir, err)
	}
	return found, nil
}

// unpack gives what a zstd file holds, nothing for any other.
func unpack(content []byte) ([]byte, error) {
	if !bytes.HasPrefix(content, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
		return nil, nil
	}
	decoder, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	return decoder.DecodeAll(content, nil)
}
