// Pins the Gateway API whose resource definitions the integration tests install; GKE 1.36 installs the same ones.
// It stands apart from ../apiserver, whose dependencies would otherwise no longer be Kubernetes' own.
module weighbridge.example/gateway

go 1.26.0

require sigs.k8s.io/gateway-api v1.6.1
