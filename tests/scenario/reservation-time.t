# Each code is newer than all that the product ever got, whatever the clock does, also after a return: a product refuses
# older ones.
permit-reservation Acme yes
order Basic=5 start=-1d
product p1
reserve p1 as=C1 Basic=1 -> OK Basic:1:PERPETUAL ahead=0ms
clock -30min
update p1 as=C2 Basic=2 -> OK Basic:2:PERPETUAL ahead=1800001ms
return p1 code=C2
reserve p1 as=C3 Basic=1 -> OK Basic:1:PERPETUAL ahead=1800002ms
advance 30min
update p1 as=C4 Basic=2 -> OK Basic:2:PERPETUAL ahead=3ms
advance 1d
cancel p1 as=C5 -> OK Basic:1:PERPETUAL ahead=0ms
# While the clock is not believed no code is issued; what a product brings back is taken.
clock -3h
product p2
reserve p2 Basic=1 -> CLOCK_JUMPED
confirm p1 code=C5
update p1 Basic=2 -> CLOCK_JUMPED
return p1 code=C5
license Basic reserved=0
