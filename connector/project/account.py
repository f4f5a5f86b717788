"""Addresses below /accounts/ that this site does not offer, although allauth does, or answers better."""

import logging
from typing import Any

import requests
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

logger = logging.getLogger(__name__)


@login_not_required
def closed(request: HttpRequest, **_values: Any) -> HttpResponse:
    """Answer that nothing is here: people are added by an administrator, and no mail is sent."""
    raise Http404


@login_not_required
@require_GET
def password_lost(request: HttpRequest) -> HttpResponse:
    """Say who helps with a lost password."""
    return render(request, "account/password_lost.html")


@login_not_required
def organization_login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the organization's sign-in; one that does not answer is a page, where allauth's own view would fail."""
    try:
        response: HttpResponse = oidc.login(request, provider_id)
    except requests.RequestException as error:
        logger.warning("The organization's sign-in did not answer: %s", type(error).__name__)
        return render(request, "socialaccount/authentication_error.html")
    return response
