# What was raised about a product instance ends with its registration.
order Basic=2
token T1 days=365
product a
register a token=T1
report a Basic=1
advance 31d
alert failed-to-renew count=1
deregister a
no-alert failed-to-renew
register a token=T1
