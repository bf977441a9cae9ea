// Reads manifests as Kubernetes does, but strictly: a field that a kind does not have is refused, and
// so is a value of another type. Manifests come on standard input, one after the other; of a kind that
// is not Kubernetes' own nothing is known here but its name, which is written to standard output.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	documents "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

var kinds = map[string]func() any{
	"v1/ConfigMap":                       func() any { return &core.ConfigMap{} },
	"v1/Secret":                          func() any { return &core.Secret{} },
	"v1/Service":                         func() any { return &core.Service{} },
	"apps/v1/Deployment":                 func() any { return &apps.Deployment{} },
	"apps/v1/StatefulSet":                func() any { return &apps.StatefulSet{} },
	"networking.k8s.io/v1/NetworkPolicy": func() any { return &networking.NetworkPolicy{} },
	"policy/v1/PodDisruptionBudget":      func() any { return &policy.PodDisruptionBudget{} },
}

func read(document []byte) error {
	var kind meta.TypeMeta
	if err := yaml.Unmarshal(document, &kind); err != nil || kind.Kind == "" {
		return err
	}
	name := kind.APIVersion + "/" + kind.Kind
	fresh, known := kinds[name]
	if !known {
		fmt.Println(name)
		return nil
	}
	if err := yaml.UnmarshalStrict(document, fresh()); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, document)
	}
	return nil
}

func main() {
	reader := documents.NewYAMLReader(bufio.NewReader(os.Stdin))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err == nil {
			err = read(document)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
