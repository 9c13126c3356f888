# Product Instance Failed to Renew at 30 days without authorization, MINOR, due when its licenses go back; at 90 days it
# becomes Failed to Connect, MAJOR. Whether the product reaches the server for other things does not matter.
order Basic=5
token T1 days=3650
product a
product b
register a token=T1
register b token=T1
report a Basic=1
report b Basic=1
advance 29d
report b Basic=1
advance 1d -1ms
no-alert any
advance 1ms
alert failed-to-renew severity=MINOR raised=0ms due=60d count=1 says="its licenses go back to 'Default' of 'Acme'"
no-alert failed-to-connect
acknowledge failed-to-renew note="in repair"
advance 1d
alert failed-to-renew source=PID raised=-1d due=59d acknowledged=yes
# Renewing the certificate is not asking for an authorization.
renew a
alert failed-to-renew acknowledged=yes
# Back: over. Silent again: a new alert.
report a Basic=1
no-alert failed-to-renew source=a
sync
advance 28d
alert failed-to-renew count=1
report b Basic=1
advance 2d
alert failed-to-renew count=1 raised=0ms acknowledged=no
sync
report b Basic=1
advance 59d
report b Basic=1
advance 1d -1ms
alert failed-to-renew due=1ms count=1
no-alert failed-to-connect
license Basic in-use=2
advance 1ms
no-alert failed-to-renew
alert failed-to-connect severity=MAJOR raised=0ms due=now count=1 acknowledged=no says="its licenses are back in 'Default'"
license Basic in-use=1
# Swept or not, it is the same.
report b Basic=1
sync
alert failed-to-connect raised=0ms count=1
advance 10d
alert failed-to-connect raised=-10d
# Removed, or back: over.
remove a
no-alert failed-to-connect
