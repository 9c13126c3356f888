# Deregistration always works: under ACCOUNT_INACTIVE, after SYNC_EXPIRED, with an expired authorization. Licenses go
# back at once, the certificate is void.
order Enhanced=5
token T1 days=365
product a
product b
product c
product d
register a token=T1
register b token=T1
register c token=T1
register d token=T1
report a Enhanced=2
report b Enhanced=2
report c Enhanced=1
license Enhanced in-use=5
deregister a
license Enhanced in-use=3
expect a status=Deregistered
deregister a -> CERTIFICATE_REVOKED says=deregistered
report a Enhanced=2 -> CERTIFICATE_REVOKED
renew a -> CERTIFICATE_REVOKED
certificates a REVOKED
deactivate Acme
report b Enhanced=2 -> ACCOUNT_INACTIVE
renew b -> ACCOUNT_INACTIVE
deregister b
license Enhanced in-use=1
activate Acme
advance 90d
expect c status="Authorization Expired"
report c Enhanced=1 -> SYNC_EXPIRED
renew c -> SYNC_EXPIRED
deregister c
license Enhanced in-use=0
# Never authorized at all.
deregister d
instances Default=0
events instance.deregister=4
# It registers anew like any other.
sync
register a token=T1 -> OK identifier=new certificate=new
report a Enhanced=5 -> AUTHORIZED
# After the year even the memory of it has gone.
sync every 60d
report b Enhanced=1 -> CERTIFICATE_REVOKED
advance 275d -1ms
report b Enhanced=1 -> CERTIFICATE_REVOKED
advance 1ms
report b Enhanced=1 -> UNKNOWN_INSTANCE
