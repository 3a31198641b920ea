package stream

// Message is an event as it is delivered.
type Message struct {
	// ID is the event's: who receives a message twice knows it by that.
	ID string
	// Key is the same for all events of one object, whose order is kept; empty for those of none.
	Key string
	// Type, Cluster, Resource ("deployments.apps"), Namespace and Name are as in the event's header, for who sorts messages without reading them.
	Type, Cluster, Resource, Namespace, Name string
	// Body is the event in a Format.
	Body []byte
}

// Size is about how much memory it takes.
func (m *Message) Size() int {
	const header = 128
	return header + len(m.ID) + len(m.Key) + len(m.Type) + len(m.Cluster) + len(m.Resource) + len(m.Namespace) + len(m.Name) + len(m.Body)
}

// newMessage writes an event in a format.
func newMessage(e Event, as *Format) (Message, error) {
	h := e.Header()
	body, err := as.Encode(e)
	if err != nil {
		return Message{}, err
	}
	return Message{
		ID: h.ID, Key: h.Of.UID, Type: h.Type, Cluster: h.Cluster, Resource: h.Of.TypeName(), Namespace: h.Of.Namespace, Name: h.Of.Name, Body: body,
	}, nil
}
