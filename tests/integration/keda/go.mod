// Pins the module whose definitions of KEDA's kinds the integration tests install, as the chart of that version has them.
// It stands apart from ../apiserver, whose dependencies would otherwise no longer be Kubernetes' own.
module weighbridge.example/keda

go 1.26.0

require github.com/kedacore/keda/v2 v2.21.0
