"""A profile that uses every word of the format; it is no provider's."""

EVERYTHING = r"""
wscli: 1
name: everything
about: {title: Everything, docs: "https://everything.test/docs", checked: 2026-11-22, caution: It is no provider.}

options:
  api_key: {secret: true, required: $user == null, env: WSCLI_EVERYTHING_API_KEY, help: Your key.}
  user: {help: Your name.}
  stream: {type: list, of: selector, choices: [trades, prices], examples: ["trades,symbol=A"], required: true}
  mask: {type: flags, choices: {ONE: 1, TWO: 2}, default: [ONE]}
  symbol: {type: list, examples: [A, B]}
  env: {choices: {live: "wss://everything.test", test: "wss://test.everything.test"}, default: live}

computed:
  ts: {now: ms}
  until: {later: {by: 10s, as: s}}
  id: {uuid: 4}
  nonce: {random: {bytes: 8, as: hex}}
  number: {counter: 1}
  who: {value: "${user?}@everything"}
  scheme: {pick: {by: "${tls}", true: wss, false: ws}}
  wanted: {map: {each: "${stream}", to: {stream: "${item.name}", filter: "${item.with}"}}}
  digest: {hash: {with: sha256, text: "${ts}", as: hex}}
  signature: {hmac: {with: sha256, key: "${api_key}", text: "${ts}", as: base64}}

bootstrap:
  - request: "POST https://api.everything.test/session"
    when: $api_key
    query: {v: 2}
    headers: {Authorization: "Bearer ${api_key}"}
    json: {subscriptions: "${wanted}"}
    require: .ok == true
    capture: {host: .host, tls: .tls, ticket: .ticket, waits: .waits, beat: .beat, channels: .channels}
    secret: [ticket]
    cache: true
    within: 5s
    examples: [{ok: true, host: stream.everything.test, tls: true, ticket: t-1, waits: [1000, 2000], beat: 30, channels: [{stream: trades, channel: c-1}]}]

connect:
  url: "${scheme}://${host}/ws"
  query: {ticket: "${ticket}", symbols: '${symbol|join(",")?}', flags: "${mask}"}
  headers: {X-Signature: "${signature}", X-Time: "${ts}"}
  origin: https://everything.test
  subprotocols: [everything.v1]
  deflate: false
  trust: ["*.everything.test"]
  limits: {connections: 5, send: 20 per 1s, receive: 1MiB}

frames: {receive: [gunzip, {lines: {split: "\x1e"}}, json, array], send: [json, {append: "\x1e"}]}

discriminator: [{remembered: .channel}, .type]
messages:
  welcome:
    role: control
    capture: {session: .session}
    examples: [{type: welcome, session: s-1}]
  granted:
    role: ack
    accepted: '.granted[]'
    problem: {when: .denied, each: '.denied[]', text: "${.name}: ${$.type} ${.why}"}
    rows: {table: state, set: {key: .channel, at: .at}}
    examples: [{type: granted, channel: c-1, granted: [a], at: 1, denied: [{name: b, why: no}]}]
  ping:
    role: heartbeat
    reply: {type: pong, ts: "${ts}", of: "${.n}"}
    examples: [{type: ping, n: 1}]
  pong: {role: heartbeat, examples: [{type: pong}]}
  batch:
    role: snapshot
    split: {each: '.items[]', as: {type: item, n: "${.}", batch: "${$.id}"}}
    examples: [{type: batch, id: 7, items: [1, 2]}]
  item:
    parse: [.extra]
    time: .at
    where: {symbol: {$in: "${symbol?}"}}
    sequence: {at: .n, from: .first, per: .symbol, step: 1, gap: backfill}
    capture: {last: .n}
    schema: {type: object, required: [n], properties: {n: {$ref: "#/schemas/Number"}, extra: {type: object}}}
    rows: {table: items, each: ., set: {n: .n, symbol: $.symbol}, do: append}
    examples: [{type: item, n: 1, symbol: A, at: 1795305600, extra: '{"a":1}'}]
  price: {rows: {table: state, on: symbol, fold: true, set: {symbol: .s, price: .p}}, examples: [{type: price, s: a, p: 1}]}
  moved: {role: control, then: move, to: "${.url}", examples: [{type: moved, url: "wss://everything.test/2"}]}
  slow: {match: {type: error, code: slow}, role: error, problem: .why, then: reconnect, wait: 1s..5s, examples: [{type: error, code: slow, why: wait}]}
  error: {role: error, problem: .why, examples: [{type: error, why: other}]}
  trades: {examples: [{channel: c-1, data: 1}]}

session:
  - expect: [welcome]
    within: 10s
    require: .session != null
  - each: "${channels}"
    chunk: 1
    pace: 10ms
    when: $channels
    needs: [session]
    http:
      request: "POST /auth"
      when: $item.stream == "trades"
      form: {session: "${session}"}
      headers: {Authorization: "Bearer ${api_key}"}
      query: {a: b}
      require: .auth != null
      capture: {auth: .auth}
      secret: [auth]
      within: 5s
      examples: [{auth: x}]
    send: {type: subscribe, id: "${number}", channel: "${item}", auth: "${auth?}", nonce: "${nonce}", who: "${who}"}
    remember: {for: "${$.channel}", as: trades}
    ack: {message: granted, same: {.channel: .channel}, within: 5s}

operations:
  say: {send: {type: say, id: "${number}", text: "${text}", to: "${user?}", who: "${who}", key: "${api_key}"}, help: Say something.}
  leave: {send: leave}

tables:
  items: {sort: -n, limit: 100, where: {symbol: {$in: "${symbol?}"}}, columns: {n: {format: number}}}
  state: {key: key, columns: {price: {format: price, style: sign}}}

keepalive:
  ping: {every: {told: "${beat} s", most: 60s}, idle: true, jitter_first: true, send: {type: ping}, expect: pong, within: 5s}
  silence: {told: ["${beat} s", "${beat} s"], most: 2m}
  data_silence: 1h

reconnect:
  backoff: "${waits:-[1000]} ms"
  settle: 30s
  attempts: 10
  max_age: 23h
  on_close: [{code: 4000-4099, reason: "bad*", then: restart, wait: 1s, say: Begin anew.}]
  on_http: [{status: 401, then: renew, wait: 1s, say: Log in again.}]

resume:
  keep: [last]
  connect: {url: "wss://everything.test/again", query: {since: "${last}"}}
  session: [{send: {type: resume, since: "${last}"}}]
  dedupe: [.n, .symbol]
  backfill: {request: "GET https://api.everything.test/items", query: {since: "${last}"}, each: '.items[]', as: {type: item, n: "${.n}", symbol: "${.symbol}"}, sort: .n, more: true}

history: {request: "GET https://api.everything.test/history/${item}", for: "${symbol?}", each: '.[]', as: {type: item, n: "${.n}", symbol: "${item}"}, sort: .n, within: 5s}
catalog: {request: "GET https://api.everything.test/streams", headers: {Authorization: "Bearer ${api_key}"}, each: '.streams[]', examples: [{streams: [{name: trades}]}]}
simulate: {rate: 4, keys: 2}
schemas: {Number: {type: integer}}
"""
