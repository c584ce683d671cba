// name:       keep_currency
// purpose:    Remember the reference currency of a new graph; tell that of an old one.
// mode:       write
// parameters: currency STRING
// returns:    currency STRING
// complexity: one node
// index:      counter_name
CYPHER 25
MATCH (c:Counter {name: 'graph'})
SET c.currency = coalesce(c.currency, $currency)
RETURN c.currency AS currency
