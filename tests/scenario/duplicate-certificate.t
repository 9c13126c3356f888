# One of two copies renews its registration: the other one still uses the certificate from before. That alone may be a
# product that was set back to a backup; when the newer one is used again after that, there are two.
order Enhanced=50
token T1 days=365
product ucm1
address ucm1 192.0.2.10
register ucm1 token=T1
report ucm1 Enhanced=5
clone ucm1 twin address=192.0.2.20
advance 80d
renew ucm1 -> OK certificate=new
report ucm1 Enhanced=5
# Within the hour it may be a message that was late: no sign.
advance 1h -1ms
report twin Enhanced=5 -> CERTIFICATE_REVOKED says=superseded
advance 24h
report ucm1 Enhanced=5
raised "Duplicate Product Instance" of=ucm1 no
# After it, it is one; it is tried again and again.
report twin Enhanced=5 -> CERTIFICATE_REVOKED
advance 30min
report twin Enhanced=5 -> CERTIFICATE_REVOKED
advance 30min -1ms
report ucm1 Enhanced=5
raised "Duplicate Product Instance" of=ucm1 no
advance 1ms
report ucm1 Enhanced=5
raised "Duplicate Product Instance" of=ucm1 contains="192.0.2.20 used a certificate from before the last renewal"
raised "Duplicate Product Instance" of=ucm1 contains=192.0.2.10
events alert.raise=1
report twin Enhanced=5 -> CERTIFICATE_REVOKED
advance 24h
report ucm1 Enhanced=5
events alert.raise=1
