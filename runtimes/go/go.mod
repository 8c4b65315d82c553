module tributary.dev/runtime

go 1.19
