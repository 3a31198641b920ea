package informers
import ("testing";"os")
func TestZZ2(t *testing.T){ os.WriteFile("/tmp/pod.json", busyPod(t,3,1), 0o600) }
