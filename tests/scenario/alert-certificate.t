# Certificate Expiring: 60 days before the end of a certificate that the server works with; MAJOR in the last 14 days.
# The satellite's CA and signer live five years, and each answered file brings new ones.
advance 1765d -2s
no-alert certificate-expiring
advance 2s
alert certificate-expiring severity=MINOR count=2 acknowledged=no says="Synchronize with the cloud manager"
acknowledge certificate-expiring
advance 46d
alert certificate-expiring severity=MAJOR count=2 acknowledged=no
sync
no-alert certificate-expiring
# The manager's signer is made anew when it starts; until then it is told.
alert certificate-expiring at=manager severity=MAJOR count=1 says="manager's signer"
restart
no-alert certificate-expiring at=manager
