# A cloned virtual machine: two products with one UDI, key and certificate. Each reports its own usage from its own
# address; when each has insisted on it once after the other had replaced it (A, B, A, B), the alert names both.
order Enhanced=50
token T1
product ucm1
address ucm1 192.0.2.10
register ucm1 token=T1
report ucm1 Enhanced=5
clone ucm1 twin address=192.0.2.20
advance 6h
report twin Enhanced=7
advance 18h
report ucm1 Enhanced=5
advance 6h
raised "Duplicate Product Instance" of=ucm1 no
report twin Enhanced=7
raised "Duplicate Product Instance" of=ucm1 contains=192.0.2.10
raised "Duplicate Product Instance" of=ucm1 contains=192.0.2.20
raised "Duplicate Product Instance" of=ucm1 contains="change the copy's UUID"
events alert.raise=1
# It goes on, and is told once.
advance 18h
report ucm1 Enhanced=5
advance 6h
report twin Enhanced=7
events alert.raise=1
# Removed: over. The copy gets an identity of its own, both register.
remove ucm1
raised "Duplicate Product Instance" of=ucm1 no
events alert.clear=1
product copy
address copy 192.0.2.20
register ucm1 token=T1
register copy token=T1
report ucm1 Enhanced=5
report copy Enhanced=7
advance 24h
report ucm1 Enhanced=5
report copy Enhanced=7
raised "Duplicate Product Instance" of=ucm1 no
raised "Duplicate Product Instance" of=copy no
