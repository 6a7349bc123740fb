"""Films of the input matrix as the pipeline packaged them, kept for the whole session: packaging takes its time, and
the browser tests play what the tests before them have proved."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.core import serializers
from media_matrix import matrix_film

import media
from apps.catalog.models import Title
from apps.catalog.services import create_manual_title
from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.states import AssetState
from apps.streaming.models import MediaAsset

_kept: "dict[str, Packaged]" = {}


@dataclass(frozen=True)
class Packaged:
    """A finished asset outside of any database: its rows as JSON, its files as hard links."""

    asset_id: UUID
    rows: str
    folder: Path

    def bring_back(self) -> MediaAsset:
        """Write the rows and files where the code under test looks for them."""
        for row in serializers.deserialize("json", self.rows):
            row.save()
        _link_tree(self.folder, store.asset_folder(self.asset_id))
        return MediaAsset.objects.get(pk=self.asset_id)


def package(name: str) -> MediaAsset:
    """The film of that kind through the whole pipeline in this process; kept when it ends complete."""
    title = create_manual_title(name=name)
    asset_id = services.create_asset(title_id=title.pk, source=matrix_film(name))
    while services.run_next_unit(asset_id=asset_id):
        pass
    asset = MediaAsset.objects.get(pk=asset_id)
    if asset.state == AssetState.COMPLETE:
        folder = media.folder() / "packaged" / str(asset_id)
        _link_tree(store.asset_folder(asset_id), folder)
        rows = [*Title.objects.filter(pk=title.pk), asset, *asset.renditions.all()]
        _kept[name] = Packaged(asset_id, serializers.serialize("json", rows), folder)
    return asset


def ready_film(name: str) -> MediaAsset:
    """A complete asset of that kind in this test's database: packaged earlier in the session, or now."""
    return _kept[name].bring_back() if name in _kept else package(name)


def _link_tree(source: Path, target: Path) -> None:
    shutil.copytree(source, target, copy_function=_link, dirs_exist_ok=True)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except OSError:  # another file system
        shutil.copy2(source, target)
