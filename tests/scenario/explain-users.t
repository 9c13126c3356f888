# The largest users are named, the largest first, at most ten; the others are summed. Who lapsed, left or uses it in
# another virtual account is not among them.
order Basic=60
virtual-account add Branch
token T1 days=3650
token TB days=3650 va=Branch
product p1
product p2
product p3
product p4
product p5
product p6
product p7
product p8
product p9
product p10
product p11
product p12
register p1 token=T1 hostname=one.example
register p2 token=T1
register p3 token=T1
register p4 token=T1
register p5 token=T1
register p6 token=T1
register p7 token=T1
register p8 token=T1
register p9 token=T1
register p10 token=T1
register p11 token=T1
register p12 token=T1
report p1 Basic=2
report p2 Basic=9
report p3 Basic=3
report p4 Basic=3
report p5 Basic=3
report p6 Basic=3
report p7 Basic=3
report p8 Basic=3
report p9 Basic=3
report p10 Basic=3
explain Basic says="35 are in use: 9 by p2 (PID UCM, SN " says=", 2 by one.example (PID UCM, SN " silent="by others"
report p11 Basic=3
report p12 Basic=1
explain Basic says="39 are in use: 9 by p2 (PID UCM, SN " says=", 3 by others." silent="one.example"
# It uses more and is named; then it moves away with its licenses.
report p1 Basic=8
explain Basic says=", 8 by one.example (PID UCM, SN " says=", 4 by others."
register p1 token=TB force hostname=one.example
explain Basic says="37 are in use: 9 by p2" says=", 1 by others." silent="one.example"
explain Basic va=Branch says="8 are in use: 8 by one.example (PID UCM, SN "
deregister p2
explain Basic says="28 are in use: 3 by p" silent="p2 (" silent="by others"
# Silent for 90 days: named up to the last millisecond.
advance 89d
sync
report p12 Basic=1
advance 1d -1ms
explain Basic says="28 are in use: 3 by p"
advance 1ms
explain Basic says="1 is in use: 1 by p12 (PID UCM" silent="by p3"
