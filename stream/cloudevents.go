package stream

import (
	"fmt"
	"net/url"

	"github.com/cloudevents/sdk-go/v2/event"
)

const (
	// typePrefix is what the types of all CloudEvents of dogwatch begin with.
	typePrefix = "com.github.dogwatch."
	// schemaURL is where the schemas of payloads are.
	schemaURL = "https://github.com/dogwatch/dogwatch/blob/main/docs/schema/"
)

// CloudEvents writes each event as a CloudEvent 1.0 in JSON, in structured mode; several are a batch.
func CloudEvents() *Format {
	return &Format{
		Name: "cloudevents", Encode: encodeCloudEvent, Begins: beginsLike(`{"specversion":"1.0","id":"`), One: event.ApplicationCloudEventsJSON, Batch: event.ApplicationCloudEventsBatchJSON,
		begin: "[", between: ",", end: "]",
	}
}

func encodeCloudEvent(e Event) ([]byte, error) {
	payload, err := encodeJSON(e)
	if err != nil {
		return nil, err
	}
	h := e.Header()
	c := event.New(event.CloudEventsVersionV1)
	c.SetID(h.ID)
	c.SetSource("/dogwatch/clusters/" + url.PathEscape(h.Cluster))
	c.SetType(typePrefix + h.Type)
	c.SetTime(h.Time)
	c.SetDataSchema(schemaURL + h.Schema + ".json")
	if h.Of.Resource != "" {
		c.SetSubject(h.Of.String())
	}
	if h.Of.UID != "" {
		c.SetExtension("partitionkey", h.Of.UID)
	}
	c.SetDataContentType(event.ApplicationJSON)
	c.DataEncoded = payload
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("event %s as a CloudEvent: %w", h.ID, err)
	}
	text, err := c.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("writing event %s as a CloudEvent: %w", h.ID, err)
	}
	return escapeHidden(text), nil
}
