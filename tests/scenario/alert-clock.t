# Clock Jumped: while the wall clock is not believed. Alerts go by the time that is believed.
order Basic=5 type=TERM end=100d
advance 1h
no-alert any
clock 3600000ms
no-alert clock-jumped
clock -3600000ms
no-alert clock-jumped
clock 20d
alert clock-jumped severity=MAJOR due=now raised=0ms says="satellitectl clock accept"
alert clock-jumped at=manager
no-alert licenses-expiring
acknowledge clock-jumped
alert clock-jumped acknowledged=yes
clock -20d
no-alert clock-jumped
advance 1min
clock 20d
alert clock-jumped acknowledged=no
clock accept
clock accept at=manager
no-alert clock-jumped
alert licenses-expiring
