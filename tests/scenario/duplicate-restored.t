# A product that is set back to a backup from before its renewal is refused until it registers again; no alert.
order Enhanced=50
token T1 days=365
token T2 days=365
product ucm1
register ucm1 token=T1
report ucm1 Enhanced=5
clone ucm1 backup
advance 80d
renew ucm1
report ucm1 Enhanced=5
advance 24h
# From here on only the restored one is there.
report backup Enhanced=5 -> CERTIFICATE_REVOKED
advance 24h
report backup Enhanced=5 -> CERTIFICATE_REVOKED
# The same token and key: the present certificate again.
register backup token=T1 -> OK certificate=new identifier=same
advance 24h
report backup Enhanced=5 -> AUTHORIZED
raised "Duplicate Product Instance" of=backup no
# Once more, and this time it registers anew by force.
clone backup older
renew backup
report backup Enhanced=5
advance 24h
report older Enhanced=5 -> CERTIFICATE_REVOKED
register older token=T2 force -> OK identifier=same
report older Enhanced=5
advance 24h
report older Enhanced=5
raised "Duplicate Product Instance" of=older no
# A registration again supersedes as well: what goes on under the certificate before is no sign.
clone older slow
token T3
register older token=T3 force
report older Enhanced=5
advance 24h
report slow Enhanced=5 -> CERTIFICATE_REVOKED
advance 24h
report older Enhanced=5
raised "Duplicate Product Instance" of=older no
events alert.raise=0
