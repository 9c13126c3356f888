# Mixed mode stays on when the product loses what permitted it, with the alert SmartLicenseExportControlNotAllowed: by
# deregistration, removal at the server, expiry, a token without the flag, and in evaluation.
order Enhanced=5
permit-export Acme yes
sync
token T1 days=800
token X1 export days=800
agent A
agent never
# Evaluation: it cannot be switched on, so there is nothing to tell.
run never utils ctl set-cluster mixed-mode -> EXPORT_NOT_ALLOWED
state never alert=none
run A license smart register idtoken $X1
run A utils ctl set-cluster mixed-mode
state A alert=none
# Deregistered: back in evaluation, with encryption on; a restart changes nothing.
run A license smart deregister
state A registration=UNREGISTERED alert=SmartLicenseExportControlNotAllowed
restart
state A alert=SmartLicenseExportControlNotAllowed
run A license smart register idtoken $X1
state A alert=none
# Removed by an administrator: when it learns that.
remove A
state A alert=none
advance 24h
state A alert=SmartLicenseExportControlNotAllowed contains="Export-Controlled Functionality: Not Allowed"
# Registered with a token without the flag.
run A license smart register idtoken $T1 force
state A registration=REGISTERED alert=SmartLicenseExportControlNotAllowed
run A license smart register idtoken $X1 force
state A alert=none
# The server cannot be reached until the registration has expired: to the day.
sync every 60d
server satellite down
advance 365d -1s
state A registration=REGISTERED alert=none
advance 1s
state A registration="UNREGISTERED - REGISTRATION EXPIRED" alert=SmartLicenseExportControlNotAllowed
server satellite up
run A license smart register idtoken $X1
state A alert=none
# Withdrawn by the manager: at the next contact after the file is there.
permit-export Acme no
run A license smart renew auth
state A alert=none
sync
state A alert=none
run A license smart renew auth
state A registration=REGISTERED alert=SmartLicenseExportControlNotAllowed
# The other way out: without encryption.
run A utils ctl set-cluster non-secure-mode
state A alert=none
