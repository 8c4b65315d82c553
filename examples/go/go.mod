module example.com/hello

go 1.19

require tributary.dev/runtime v0.0.0

// The library is part of the package tributary-host; `tributary init go` puts a copy beside this file.
replace tributary.dev/runtime => ../../runtimes/go
