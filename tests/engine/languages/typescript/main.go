// Writes the TypeScript library of a Pulumi package: its schema comes from the standard input, and the one argument is
// the folder. The CLI asks this of Node's language host, which no module of Go has.
package main

import (
	"encoding/json"
	"log"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	var spec schema.PackageSpec
	if err := json.NewDecoder(os.Stdin).Decode(&spec); err != nil {
		log.Fatal(err)
	}
	described, err := schema.ImportSpec(spec, map[string]schema.Language{"nodejs": nodejs.Importer}, schema.ValidationOptions{})
	if err != nil {
		log.Fatal(err)
	}
	files, err := nodejs.GeneratePackage("weighbridge", described, nil, nil, false, nil)
	if err != nil {
		log.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(os.Args[1], name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			log.Fatal(err)
		}
	}
}
