"""Addresses of the pages: one per noun, stable enough to send to a colleague."""

from django.urls import path

from sync.views import (
    conflicts,
    errors,
    health,
    home,
    jobs,
    log,
    mappings,
    preferences,
    records,
    review,
    runs,
    search,
    setup,
)

app_name = "sync"
urlpatterns = [
    path("", home.home, name="home"),
    path("bridge/", home.bridge, name="bridge"),
    path("search/", search.search, name="search"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("health/", health.health, name="health"),
    path("status/", health.health_page, name="health_page"),
    path("review/", review.review, name="review"),
    path("review/start/", review.start, name="start"),
    path("review/reset/", review.reset, name="reset"),
    path("runs/<int:number>/", review.run_detail, name="run"),
    path("runs/<int:number>/plan/", runs.plan, name="plan"),
    path("runs/<int:number>/pause/", runs.pause, name="run_pause"),
    path("runs/<int:number>/resume/", runs.resume, name="run_resume"),
    path("runs/<int:number>/stop/", runs.cancel, name="run_cancel"),
    path("runs/<int:number>/lines/<int:line_id>/restart/", runs.restart, name="line_restart"),
    path("mappings/", mappings.mapping_list, name="mappings"),
    path("mappings/<str:name>/", mappings.mapping_detail, name="mapping"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/<uuid:job_id>/", jobs.job_detail, name="job"),
    path("job-queue-log/", log.log_list, name="log"),
    path("errors/", errors.causes, name="errors"),
    path("errors/list/", errors.error_list, name="error_list"),
    path("conflicts/", conflicts.conflict_list, name="conflicts"),
    path("records/<slug:slug>/", records.record_list, name="records"),
    path("records/<slug:slug>/<path:key>", records.record_detail, name="record"),
    path("setup/", setup.connection_setup, name="setup"),
    path("setup/<str:side>/test/", setup.connection_test, name="setup_test"),
]
