# Mixed mode needs a product that is registered with export-controlled functionality, and outlives its registration.
order Enhanced=5
token T1
permit-export Acme yes
sync
token X1 export
agent A
run A utils ctl set-cluster mixed-mode -> EXPORT_NOT_ALLOWED
run A license smart register idtoken $T1
run A utils ctl set-cluster mixed-mode -> EXPORT_NOT_ALLOWED
run A license smart register idtoken $X1 force
run A utils ctl set-cluster mixed-mode
run A license smart deregister
restart
run A show ctl
run A utils ctl set-cluster non-secure-mode
run A utils ctl set-cluster mixed-mode -> EXPORT_NOT_ALLOWED
