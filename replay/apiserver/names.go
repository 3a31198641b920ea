package apiserver

import (
	"net"
	"os"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// names are the names by which clients reach a listener.
type names struct {
	host string // the one to give to clients, with the port
	dns  []string
	ips  []net.IP
}

// namesOf gives the names of a listener: that which was asked for, those of loopback and, where it listens on all addresses,
// those of the machine. "All addresses" is none that a client could connect to, so that clients get one of the machine.
func namesOf(asked string, addr net.Addr) *names {
	n := &names{host: addr.String(), dns: []string{"localhost"}, ips: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return n
	}
	port := strconv.Itoa(tcp.Port)
	name, _, err := net.SplitHostPort(asked)
	switch {
	case tcp.IP.IsUnspecified():
		n.addMachine()
		n.host = net.JoinHostPort(reachable(n.ips).String(), port)
	case err == nil && name != "" && net.ParseIP(name) == nil && !strings.Contains(name, "%"):
		n.dns, n.ips = append(n.dns, name), append(n.ips, tcp.IP)
		n.host = net.JoinHostPort(name, port)
	default:
		n.ips = append(n.ips, tcp.IP)
	}
	return n
}

// addMachine adds what the machine itself says that it is called.
func (n *names) addMachine() {
	addrs, _ := net.InterfaceAddrs() // without them there is loopback
	for _, addr := range addrs {
		if ip, ok := addr.(*net.IPNet); ok {
			n.ips = append(n.ips, ip.IP)
		}
	}
	name, err := os.Hostname()
	if name = strings.ToLower(name); err == nil && len(validation.IsDNS1123Subdomain(name)) == 0 {
		n.dns = append(n.dns, name)
	}
}

// reachable is the address that other machines are most likely to reach; a loopback one where there is none.
func reachable(ips []net.IP) net.IP {
	best := ips[0]
	for _, ip := range ips {
		switch {
		case !ip.IsGlobalUnicast():
		case ip.To4() != nil:
			return ip
		case best.IsLoopback():
			best = ip
		}
	}
	return best
}
