# The alerts of an account are its own; those of the server itself stand in no account.
order Basic=2
token T1 days=365
product a
register a token=T1
report a Basic=3 -> OUT_OF_COMPLIANCE
account Other smart=Acme virtual=Direct
alert insufficient-licenses account=Acme
no-alert any account=Other
clock 20d
alert clock-jumped
no-alert clock-jumped account=Acme
clock -20d
raise duplicate x
alert duplicate account=Acme
no-alert any account=Other
no-alert any at=manager account=Acme va=Direct
