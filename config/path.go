package config

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Path is where the user's file is, whether there is one or not: dogwatch/config.yaml under $XDG_CONFIG_HOME, or under
// ~/.config where that is not set; on macOS and Windows under the system's own folder for such files if
// $XDG_CONFIG_HOME is not set. The error is that there is no home.
func Path() (string, error) {
	base, err := folder()
	if err != nil {
		return "", fmt.Errorf("finding the folder of the configuration: %w", err)
	}
	return filepath.Join(base, "dogwatch", "config.yaml"), nil
}

func folder() (string, error) {
	if base := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(base) { // the standard has relative ones ignored
		return base, nil
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return os.UserConfigDir()
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".config"), nil
}
