// Pins the modules whose definitions of jobs' kinds, and of the networks of nodes, the integration tests install.
// It stands apart from ../apiserver, whose dependencies would otherwise no longer be Kubernetes' own.
module weighbridge.example/jobs

go 1.26.0

require (
	github.com/GoogleCloudPlatform/gke-networking-api v0.2.11
	github.com/kubeflow/trainer/v2 v2.0.0
	github.com/ray-project/kuberay/ray-operator v1.5.0
)
