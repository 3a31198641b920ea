package story

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

const registry = "registry.shop.example/"

// behaviour is the jq expression by which kwok knows what becomes of a pod: its image decides, or its image and its limit
// of memory, or that it was restarted, so that nothing but what a user would change makes the difference.
func behaviour() string {
	table, err := json.Marshal(map[string]string{
		registry + "shop/checkout:4.3.0":              "image-pull",
		registry + "payments/fraud-scoring:0.5.0":     "crash-loop",
		registry + "shop/recommendations:1.8.0 256Mi": "oom",
		registry + "shop/search:6.2.0":                "no-config",
		registry + "shop/import-prices:0.9.1":         "fail",
	})
	if err != nil {
		panic(err) // strings cannot fail
	}
	const image, limit = `.spec.containers[0].image`, `(.spec.containers[0].resources.limits.memory // "")`
	return fmt.Sprintf(`(if .metadata.annotations[%q] then "usual" else (%s[%s + " " + %s] // %[2]s[%s] // "usual") end)`,
		restartedAt, table, image, limit, image)
}

// moment is something that happens at a time of the story.
type moment struct {
	at   time.Duration
	what string
	act  act
}

// timetable is the story in the order of its times. Who opens it is to see something happen at once, on the first screen:
// among the pods that come first in the order of their names.
func timetable() []moment {
	const s = time.Second
	story := []moment{
		{0 * s, "catalog is released", release("eshop", "catalog", "shop/catalog:2.8.0", argo)},
		{2 * s, "the ledger is reconciled", createObjects("reconcile.yaml", create)},
		{5 * s, "visitors come", load("eshop", "cart", 170)},
		{9 * s, "somebody turns a knob", settings("eshop", "cart-settings", `{"POOL_SIZE":"200"}`, edit)},
		{12 * s, "web is released", release("eshop", "web", "shop/web:3.15.0", argo)},
		{16 * s, "the banner changes", settings("eshop", "web-settings", `{"banner":"Autumn sale: 20% off"}`, argo)},

		{24 * s, "fraud-scoring is released, and crashes", release("payments", "fraud-scoring", "payments/fraud-scoring:0.5.0", set)},
		{34 * s, "promotions are defined", createObjects("promotions.yaml", helm)},
		{37 * s, "there are promotions", createObjects("promotion-objects.yaml", argo)},
		{45 * s, "visitors are served", load("eshop", "cart", 55)},

		{50 * s, "checkout is released, and its image is missing", release("eshop", "checkout", "shop/checkout:4.3.0", argo)},
		{62 * s, "prices are imported, and it fails", createObjects("import-prices.yaml", create)},
		{70 * s, "promotions get a column", columns()},
		{80 * s, "recommendations are released, and take too much memory", release("eshop", "recommendations", "shop/recommendations:1.8.0", helm)},
		{94 * s, "checkout is rolled back", release("eshop", "checkout", "shop/checkout:4.2.0", undo)},

		{100 * s, "a node loses its power", power("node-3", "off")},
		{112 * s, "a log is made to say more", settings("eshop", "web-settings", `{"log-level":"debug"}`, edit)},
		{124 * s, "catalog is scaled by hand", scale("eshop", "catalog", 6, scaleHand)},
		{132 * s, "recommendations get more memory", memory("eshop", "recommendations", "512Mi", edit)},
		{146 * s, "the node comes back", power("node-3", "on")},
		{152 * s, "visitors leave", load("eshop", "cart", 15)},

		{154 * s, "search is released, and nobody made its ConfigMap", releaseFrom("eshop", "search", "shop/search:6.2.0", "search-synonyms", argo)},
		{160 * s, "fraud-scoring is rolled back", release("payments", "fraud-scoring", "payments/fraud-scoring:0.4.2", undo)},
		{166 * s, "invoices are to be archived, on volumes that nobody provides", createObjects("archive.yaml", apply)},
		{170 * s, "payments try more often", settings("payments", "payments-settings", `{"RETRY_LIMIT":"5"}`, apply)},
		{176 * s, "search gets its ConfigMap", createObjects("synonyms.yaml", argo)},
		{177 * s, "search is restarted", restart("eshop", "search")},
		{178 * s, "catalog is as it was", scale("eshop", "catalog", 4, scaleHand)},
		{180 * s, "who may run in payments is to be asked of a service that is not there", createObjects("image-policy.yaml", helm)},
		{184 * s, "payments-api is released, and no pod of it is let in", release("payments", "payments-api", "payments/payments-api:5.4.0", set)},
		{190 * s, "the log is made to say less", settings("eshop", "web-settings", `{"log-level":"info"}`, edit)},
		{194 * s, "there is a volume for the archive", createObjects("archive-volume.yaml", helm)},
		{200 * s, "nobody is asked any more", removeImagePolicy()},
		{212 * s, "promotions are removed", removePromotions()},
		{224 * s, "the end", nil},
	}
	story = append(story, redemptions(40*s, 210*s, 3*s)...)
	slices.SortStableFunc(story, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	return story
}

// redemptions are the promotions' own life: the first steps activate them one by one, later ones count their use.
func redemptions(from, to, step time.Duration) []moment {
	promotions := []string{"autumn-sale", "free-shipping", "newsletter", "vip-weekend"}
	var all []moment
	for i := 0; from+time.Duration(i)*step < to; i++ {
		name, round := promotions[i%len(promotions)], i/len(promotions)
		redeemed := round * (41 + 17*(i%len(promotions)))
		phase := "Active"
		if name == "vip-weekend" && redeemed > 300 {
			phase, redeemed = "Exhausted", 300
		}
		status := fmt.Sprintf(`{"status":{"phase":%q,"redeemed":%d}}`, phase, redeemed)
		all = append(all, moment{from + time.Duration(i)*step, "", promotionStatus(name, status)})
	}
	return all
}
