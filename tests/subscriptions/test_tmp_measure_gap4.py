import time, pytest
from outreach.consent.models import Topic
from outreach.organisation.models import ConsentBasis
from outreach.subscriptions.roster.uploads import take_upload, confirm_upload
from outreach.subscriptions.roster.bringing_in import bring_in_waiting
from outreach.organisation.audit import Actor
from tests.subscriptions.roster_school import school_with_basis
from tests.delivery import delivery_builders as build
@pytest.mark.parametrize("basis",[ConsentBasis.SIGNED_FORM, ConsentBasis.INVITATION])
def test_m(basis, as_work):
    from django.db import connection
    with connection.cursor() as c: c.execute("SET ROLE outreach_owner")
    build.build_organisation()
    Topic.objects.get_or_create(slug="online-safety", defaults={"name": "x"})
    s = school_with_basis("north", basis)
    rows = "guardian 1 name,guardian 1 email,guardian 1 mobile,guardian 2 name,guardian 2 email,guardian 2 mobile,consent\n" + "".join(f"Anna N{chr(97+i%26)}{chr(97+i//26%26)}{chr(97+i//676)},a{i}@example.org,07700 9{i:05d},Ben N{chr(97+i%26)}{chr(97+i//26%26)}{chr(97+i//676)},b{i}@example.org,07701 9{i:05d},yes\n" for i in range(4990))
    a = Actor("x@y.z")
    t=time.time(); u = take_upload(s, "n.csv", rows.encode(), actor=a); print("take", time.time()-t)
    t=time.time(); confirm_upload(u, end_gone=None, actor=a); print("confirm", time.time()-t)
    t=time.time(); p=time.process_time(); bring_in_waiting(); print("BRING", basis, time.time()-t, "cpu", time.process_time()-p)
    t=time.time(); p=time.process_time(); u = take_upload(s, "n.csv", rows.encode(), actor=a); confirm_upload(u, end_gone=None, actor=a); t=time.time(); bring_in_waiting(); print("AGAIN", basis, time.time()-t, "cpu", time.process_time()-p)
    u.refresh_from_db(); print(u.state, u.failure, u.result)
