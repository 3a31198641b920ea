package signals

import (
	"errors"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
)

// since compiles the expression that gives when that began which the rule tells.
func (c *compiler) since(t *ruleText) (err error) {
	if !t.Since.isGiven() {
		return nil
	}
	if c.rule.since, err = c.condition(t.Since, "since", cel.DynType); err != nil {
		return err
	}
	is := c.rule.since.result
	if is != cel.DynType && !is.IsExactType(cel.TimestampType) && !is.IsExactType(cel.OptionalType(cel.TimestampType)) {
		return c.fail(t.Since.node, `since: it gives %s, wanted is a timestamp, as timestamp(object.metadata.creationTimestamp), or an optional one`, is)
	}
	return nil
}

// readSince finds out what it looks at: what lasts, or it would give another time whenever it is asked.
func (c *compiler) readSince(t *ruleText) error {
	r := c.rule
	if r.since == nil {
		return nil
	}
	if r.ofChange() {
		return c.fail(t.Since.node, "since: when reads old or change, so it is since that change")
	}
	began := c.withVariables(r.since.reads)
	if began.names[oldName] || began.readsChange() || began.names[nowName] {
		return c.fail(t.Since.node, "since: it cannot read old, change or now, which are others each time")
	}
	r.reads.merge(began)
	return nil
}

var errNoTime = errors.New("since: it gives no timestamp")

// began gives when that began which holds, zero where the rule or the object does not say.
func (e *Engine) began(v *evaluation) time.Time {
	if v.rule.since == nil {
		return time.Time{}
	}
	value, _, err := v.rule.since.program.Eval(v)
	if optional, is := value.(*types.Optional); is && err == nil {
		if !optional.HasValue() {
			return time.Time{}
		}
		value = optional.GetValue()
	}
	at, is := value.(types.Timestamp)
	if err == nil && !is {
		err = errNoTime
	}
	if err != nil {
		e.fault(v.rule, v.of, err)
		return time.Time{}
	}
	return at.Time
}
