# Another key asks to register a UDI that is registered. A machine that was built anew does so, too; but if the registered
# product is still there an hour later, there are two.
order Enhanced=50
token T1 days=365
product ucm1
product copy udi=ucm1
product rebuilt udi=ucm1
address ucm1 192.0.2.10
address copy 192.0.2.20
register ucm1 token=T1
report ucm1 Enhanced=5
advance 1d
# Who has no good token tells nothing.
register copy token=none -> INVALID_TOKEN
advance 1d
report ucm1 Enhanced=5
raised "Duplicate Product Instance" of=ucm1 no
register copy token=T1 -> ALREADY_REGISTERED says="another key"
advance 1h -1ms
report ucm1 Enhanced=5
raised "Duplicate Product Instance" of=ucm1 no
advance 1ms
report ucm1 Enhanced=5
raised "Duplicate Product Instance" of=ucm1 contains="192.0.2.20 asked on"
raised "Duplicate Product Instance" of=ucm1 contains="with another key"
# Taken over, at last: that alert is over, and another one tells of it.
register rebuilt token=T1 force -> OK
raised "Duplicate Product Instance" of=rebuilt no
raised "Product Instance Taken Over" of=rebuilt
