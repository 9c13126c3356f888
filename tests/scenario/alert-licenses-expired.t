# Licenses Expired: for 30 days from the end of a lot. What is short by it is an alert of its own, and stays.
order Basic=5 type=DEMO end=10d
order Basic=1
token T1 days=365
product a
register a token=T1
report a Basic=2
advance 10d -1ms
no-alert licenses-expired
no-alert insufficient-licenses
advance 1ms
alert licenses-expired source=Basic severity=MAJOR raised=0ms due=now says="5 of UC Manager Basic"
alert insufficient-licenses source=Basic raised=0ms
advance 1d
acknowledge licenses-expired
advance 29d -1ms
alert licenses-expired acknowledged=yes raised=-2591999999ms
advance 1ms
no-alert licenses-expired
alert insufficient-licenses source=Basic raised=-30d
