# Products whose clock is wrong but by less than an hour can do all; the answers' certificates fit their clocks.
order Enhanced=5
token T1
product ahead
product behind
skew ahead 3599999ms
skew behind -3599999ms
register ahead token=T1
register behind token=T1
report ahead Enhanced=1 -> AUTHORIZED
report behind Enhanced=1 -> AUTHORIZED
renew ahead newkey
renew behind
report ahead Enhanced=2 -> AUTHORIZED
report behind Enhanced=2 -> AUTHORIZED
skew ahead 1h
report ahead Enhanced=3 -> CLOCK_SKEW says="The product says"
skew behind -1h
report behind Enhanced=3 -> CLOCK_SKEW says=NTP
deregister behind -> CLOCK_SKEW
skew ahead 365d
report ahead Enhanced=3 -> CLOCK_SKEW
license Enhanced in-use=4
# HELLO tells the server's time whatever the product believes.
hello clock=-400d -> OK role=satellite
hello at=manager -> OK role=manager
hello
hello
hello
hello
# Six a minute from one address.
hello -> OK_TRY_AGAIN
advance 10s
hello -> OK
