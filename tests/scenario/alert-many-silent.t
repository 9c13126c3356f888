# Up to ten silent products of a virtual account have an alert each; more of them have one together, raised when the
# last of them fell silent. Another virtual account counts for itself.
order Basic=99
virtual-account add Branch
fleet phones add 30
fleet branch add 10 va=Branch
fleet phones report 0 30 Basic=1
fleet branch report 0 10 Basic=1
advance 20d
fleet phones report 10 30 Basic=1
advance 10d
alert failed-to-renew va=Default count=10 of=1
alert failed-to-renew va=Branch count=10 of=1
advance 1h
fleet phones report 10 11 Basic=1
advance 20d -1h -1ms
alert failed-to-renew va=Default count=10 of=1
advance 1ms
alert failed-to-renew va=Default count=1 of=29 raised=0ms due=40d says="29 product instances in 'Default' of 'Acme' have not renewed"
acknowledge failed-to-renew va=Default
# One that comes back changes nothing for who has seen it; one more that falls silent does.
fleet phones report 29 30 Basic=1
alert failed-to-renew va=Default count=1 of=28 acknowledged=yes
advance 10d 1h -1ms
alert failed-to-renew va=Default of=28 acknowledged=yes
advance 1ms
alert failed-to-renew va=Default of=29 raised=0ms acknowledged=no
# At 90 days they are counted among the others.
sync
advance 30d
alert failed-to-connect va=Default count=10 of=1
alert failed-to-renew va=Default of=20
advance 20d
alert failed-to-connect va=Default count=1 of=28 severity=MAJOR due=now
fleet phones remove 0 19
alert failed-to-connect va=Default count=10 of=1
