"""The credentials of one AWS account, and where its SES and SNS are."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SesAccount:
    """`configuration_set`: what sends events to the topic. `topic_arn`: of that SNS topic, "" for
    none. `stand_in`: origin of the sandbox, which is both services; "" for AWS itself."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str
    configuration_set: str = ""
    topic_arn: str = ""
    stand_in: str = ""

    def __post_init__(self) -> None:
        # An AWS library would look for what is missing in the machine's environment and in the
        # metadata service of the cloud; a demo must never use those.
        if not self.access_key_id or not self.secret_access_key or not self.region:
            raise ValueError("an SES account needs its key, its secret and its region")

    @property
    def ses_url(self) -> str:
        return self.stand_in or f"https://email.{self.region}.{_domain(self.region)}"

    @property
    def sns_url(self) -> str:
        return sns_url(self.region, self.stand_in)


def sns_url(region: str, stand_in: str = "") -> str:
    """Where SNS of a region is asked; the sandbox has it below a path of its own."""
    return f"{stand_in}/sns" if stand_in else f"https://sns.{region}.{_domain(region)}"


def _domain(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
