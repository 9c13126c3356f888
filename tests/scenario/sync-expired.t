# From the end of the delegated authority on, 90 days after the last answered synchronization, REGISTRATION,
# AUTHORIZATION and RENEW_REGISTRATION are SYNC_EXPIRED; products live on; the next file repairs it at once.
order Enhanced=5
account-is Acme authority-left=90d
token T1 days=365
product a
product b
register a token=T1
advance 89d
report a Enhanced=5 -> AUTHORIZED
advance 1d -1ms
report a Enhanced=5 -> AUTHORIZED
renew a
report a Enhanced=5 -> AUTHORIZED
advance 1ms
report a Enhanced=5 -> SYNC_EXPIRED says="ended on"
renew a -> SYNC_EXPIRED
register b token=T1 -> SYNC_EXPIRED
register a token=T1 -> SYNC_EXPIRED
expect a status=Authorized
license Enhanced in-use=5
# Products live on to their own 90 days.
advance 90d -2ms
expect a status=Authorized
license Enhanced in-use=5
advance 1ms
expect a status="Authorization Expired"
license Enhanced in-use=0
report a Enhanced=5 -> SYNC_EXPIRED
sync
account-is Acme authority-left=90d
report a Enhanced=5 -> AUTHORIZED
register b token=T1
license Enhanced in-use=5
# The sub-CA is another certificate of the same key now; the certificates that it issued before stay good.
renew a newkey
report a Enhanced=1 -> AUTHORIZED
