# Codes have whole seconds. What of a lot begins and ends within one second can be reserved all the same; its code says
# the end of that second.
permit-reservation Acme yes
advance 1ms
order Basic=2 type=TERM start=0s end=998ms
order Enhanced=2 type=TERM start=0s end=999ms
advance 10ms
product p1
reserve p1 as=C1 Basic=1 Enhanced=1 -> OK Enhanced:1:TERM Basic:1:TERM
license Basic quantity=2 reserved=1
advance 987ms
license Basic quantity=2 reserved=1
advance 1ms
license Basic quantity=0 reserved=0
license Enhanced quantity=2 reserved=1
