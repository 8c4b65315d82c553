module example.com/hello

go 1.19

require tributary.dev/runtime v0.0.0

// Where the package tributary-host is installed; the library has no other place.
replace tributary.dev/runtime => ../../../runtimes/go
