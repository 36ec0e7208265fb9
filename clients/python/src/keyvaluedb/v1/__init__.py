"""The stubs that proto/keyvaluedb/v1 generates. The client of this package is made on them."""
