"""What the set-up keeps: the answers so far, the parts of Finish, the checks of the proof, and earlier set-ups."""

from setup_wizard.models.drafts import SetupDraft
from setup_wizard.models.parts import PartState, SetupPart
from setup_wizard.models.proofs import CheckState, ProofCheck
from setup_wizard.models.versions import SetupVersion

__all__ = ["CheckState", "PartState", "ProofCheck", "SetupDraft", "SetupPart", "SetupVersion"]
