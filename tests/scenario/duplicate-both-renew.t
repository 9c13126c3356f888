# Both copies renew: the second renewal replaces the unused successor of the first, which then is refused.
order Enhanced=50
token T1 days=365
product ucm1
register ucm1 token=T1
report ucm1 Enhanced=5
clone ucm1 twin address=192.0.2.20
advance 80d
renew ucm1
renew twin
report twin Enhanced=5
advance 2h
report ucm1 Enhanced=5 -> CERTIFICATE_REVOKED
advance 24h
report twin Enhanced=5
raised "Duplicate Product Instance" of=twin contains=192.0.2.20
