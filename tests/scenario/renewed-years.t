# Renewed every six months, a product stays registered for years.
order Enhanced=5
token T1
product ucm1
sync every 60d
register ucm1 token=T1
report ucm1 Enhanced=5
advance 80d
report ucm1 Enhanced=5
advance 80d
report ucm1 Enhanced=5
advance 20d
renew ucm1 -> OK identifier=same expires-in=365d
report ucm1 Enhanced=5 -> AUTHORIZED
advance 185d -1ms
report ucm1 cert=1 Enhanced=5 -> CERTIFICATE_REVOKED
# Superseded certificates are known until their own end.
advance 1ms
report ucm1 Enhanced=5 -> AUTHORIZED
report ucm1 cert=1 Enhanced=5 -> UNKNOWN_INSTANCE
renew ucm1 newkey -> OK identifier=same expires-in=365d
report ucm1 Enhanced=5 -> AUTHORIZED
advance 364d
renew ucm1 -> OK identifier=same
report ucm1 Enhanced=5 -> AUTHORIZED
advance 365d -1ms
report ucm1 Enhanced=5 -> AUTHORIZED
advance 1ms
report ucm1 Enhanced=5 -> CERTIFICATE_EXPIRED
expect ucm1 status="Registration Expired"
